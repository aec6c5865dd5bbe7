-- The simulated one-stop system as OpenCPS v2 would hold it (MariaDB, MySQL): the columns that its mapping reads, of the types
-- that Liferay 7 gives them, times in UTC. What OpenCPS has no place for is first taken out of the simulated tables, so that
-- these still say what the portal must show. Run again, it brings the changes over.

UPDATE ho_so SET kenh = IF(kenh = 2, 2, 1), ma_doi_tuong = IF(loai_doi_tuong = 2, ma_doi_tuong, NULL),
    so_dinh_danh = IF(loai_doi_tuong = 2, NULL, so_dinh_danh), loai_doi_tuong = IF(loai_doi_tuong = 2, 2, 1),
    loai_giay_to = IF(so_dinh_danh IS NULL, NULL, IF(char_length(so_dinh_danh) = 12, 1, 2)),
    thong_tin_khac = NULL, fax = NULL, thong_tin_tra = NULL, noi_nop = 2, so_hoa = 0, vneid = 0, thanh_toan = 0,
    ngay_ket_thuc = IF(trang_thai = 'TU_CHOI', NULL, ngay_ket_thuc),
    ngay_tu_choi = IF(trang_thai = 'TU_CHOI', ngay_tu_choi, NULL);
UPDATE giay_to_nop SET so_hoa = NULL, tai_su_dung = NULL, kho_dmqg = NULL, ma_ket_qua_thay_the = NULL,
    duong_dan = CONCAT('https://motcua.example.gov.vn/c/document_library/get_file?uuid=nop-', id, '&groupId=35166');
UPDATE ket_qua SET
    duong_dan = CONCAT('https://motcua.example.gov.vn/c/document_library/get_file?uuid=kq-', id, '&groupId=35166');
UPDATE le_phi SET hinh_thuc_thu = NULL, loai = 1;
UPDATE qua_trinh SET chuc_danh = NULL, phong_ban = NULL, bat_dau = NULL;
DELETE FROM bo_sung;
DELETE FROM ket_noi;
DELETE FROM giay_to_khac;

CREATE TABLE IF NOT EXISTS opencps_dossier (
    dossierId bigint NOT NULL PRIMARY KEY, groupId bigint, companyId bigint, createDate datetime(6), modifiedDate datetime(6),
    referenceUid varchar(75), serviceCode varchar(75), serviceName longtext, govAgencyCode varchar(75),
    applicantName longtext, applicantIdType varchar(75), applicantIdNo varchar(75), contactTelNo varchar(75),
    contactEmail varchar(75), briefNote longtext, dossierNote longtext, dossierNo varchar(255), dossierName varchar(1000),
    submitDate datetime(6), receiveDate datetime(6), dueDate datetime(6), releaseDate datetime(6), finishDate datetime(6),
    dossierStatus varchar(75), dossierSubStatus varchar(75), viaPostal int, online_ tinyint(1), originality int,
    originDossierId bigint, KEY IX_no (dossierNo(75)), KEY dongbo_ho_so (modifiedDate, dossierId)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_dossieraction (
    dossierActionId bigint NOT NULL PRIMARY KEY, groupId bigint, userName varchar(255), createDate datetime(6),
    modifiedDate datetime(6), dossierId bigint, serviceProcessId bigint, actionUser varchar(255), actionName varchar(255),
    actionNote varchar(500), stepCode varchar(500), dueDate datetime(6),
    KEY IX_dossier (dossierId), KEY dongbo_buoc (modifiedDate, dossierActionId)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_dossierfile (
    dossierFileId bigint NOT NULL PRIMARY KEY, groupId bigint, modifiedDate datetime(6), dossierId bigint,
    referenceUid varchar(75), dossierPartNo varchar(255), dossierPartType int, fileTemplateNo varchar(255),
    displayName varchar(500), fileEntryId bigint, removed tinyint(1),
    KEY IX_dossier (dossierId), KEY dongbo_tep (modifiedDate, dossierFileId)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_paymentfile (
    paymentFileId bigint NOT NULL PRIMARY KEY, groupId bigint, modifiedDate datetime(6), dossierId bigint,
    referenceUid varchar(75), paymentFee varchar(500), paymentAmount bigint, paymentStatus int,
    KEY IX_dossier (dossierId), KEY dongbo_phi (modifiedDate, paymentFileId)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_processstep (
    processStepId bigint NOT NULL PRIMARY KEY, groupId bigint, stepCode varchar(255), serviceProcessId bigint,
    dossierStatus varchar(75), dossierSubStatus varchar(75)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_dossierstatusmapping (
    dossierStatusMappingId bigint NOT NULL PRIMARY KEY, groupId bigint, statusCode varchar(75), statusCodeDVCQG varchar(75),
    subStatusCode varchar(75)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_serviceinfo (
    serviceInfoId bigint NOT NULL PRIMARY KEY, groupId bigint, serviceCode varchar(75), serviceName longtext,
    domainCode varchar(75), domainName longtext
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_serviceinfomapping (
    serviceInfoMappingId bigint NOT NULL PRIMARY KEY, groupId bigint, serviceCode varchar(75), serviceCodeDVCQG varchar(75)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS opencps_dictItemmapping (
    mappingId bigint NOT NULL PRIMARY KEY, groupId bigint, itemCode varchar(255), itemCodeDVCQG varchar(255)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;
CREATE TABLE IF NOT EXISTS DLFileEntry (
    fileEntryId bigint NOT NULL PRIMARY KEY, uuid_ varchar(75), groupId bigint, companyId bigint, folderId bigint,
    name varchar(255), version varchar(75)
) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;

-- The same number of a status in OpenCPS, and the step that leads to it; withdrawn and stopped are told apart by the sub-status.
CREATE TABLE IF NOT EXISTS trang_thai_opencps (vendor varchar(40), code varchar(40), sub varchar(40), national varchar(2))
    CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
DELETE FROM trang_thai_opencps;
INSERT INTO trang_thai_opencps VALUES ('MOI', 'new', '', '1'), ('DA_TIEP_NHAN', 'receiving', '', '2'),
    ('TU_CHOI', 'denied', '', '3'), ('DANG_XU_LY', 'processing', '', '4'), ('CHO_BO_SUNG', 'waiting', '', '5'),
    ('CHO_NGHIA_VU_TC', 'paying', '', '6'), ('RUT', 'cancelled', 'cancelled_0', '7'), ('DUNG', 'cancelled', '', '8'),
    ('DA_XONG', 'releasing', '', '9'), ('DA_TRA', 'done', '', '10');
REPLACE INTO opencps_dossierstatusmapping
    SELECT row_number() OVER (ORDER BY vendor), 35166, code, national, NULLIF(sub, '') FROM trang_thai_opencps;
REPLACE INTO opencps_processstep
    SELECT row_number() OVER (ORDER BY vendor), 35166, vendor, 77, code, sub FROM trang_thai_opencps;
REPLACE INTO opencps_dictItemmapping
    SELECT row_number() OVER (ORDER BY don_vi), 35166, replace(don_vi, '.', '-'), don_vi FROM (SELECT DISTINCT don_vi FROM ho_so) u;

REPLACE INTO opencps_dossier
    SELECT h.id, 35166, 20116, h.ngay_tiep_nhan - INTERVAL 7 HOUR, h.cap_nhat_luc - INTERVAL 7 HOUR, concat('ref-', h.id),
        h.ma_thu_tuc, 'Thủ tục', replace(h.don_vi, '.', '-'), h.chu_ho_so, IF(h.loai_doi_tuong = 2, 'business', 'citizen'),
        IF(h.loai_doi_tuong = 2, h.ma_doi_tuong, h.so_dinh_danh), h.dien_thoai, h.email, h.trich_yeu, h.ghi_chu, h.ma_ho_so,
        NULL, h.ngay_nop - INTERVAL 7 HOUR, h.ngay_tiep_nhan - INTERVAL 7 HOUR, h.ngay_hen_tra - INTERVAL 7 HOUR,
        COALESCE(h.ngay_ket_thuc, h.ngay_tu_choi) - INTERVAL 7 HOUR, h.ngay_tra - INTERVAL 7 HOUR, t.code, t.sub,
        IF(h.hinh_thuc_tra = 1, 2, 0), h.kenh = 2, 3, 0
    FROM ho_so h JOIN trang_thai_opencps t ON t.vendor = h.trang_thai;
REPLACE INTO opencps_dossieraction
    SELECT q.id, 35166, 'admin', q.thoi_diem - INTERVAL 7 HOUR, q.thoi_diem - INTERVAL 7 HOUR, q.ho_so_id, 77, q.nguoi_xu_ly,
        'Chuyển bước', q.noi_dung, q.trang_thai, q.han - INTERVAL 7 HOUR FROM qua_trinh q;
REPLACE INTO opencps_dossierfile
    SELECT 2 * g.id, 35166, h.cap_nhat_luc - INTERVAL 7 HOUR, g.ho_so_id, g.ma_tep, g.ma_thanh_phan, 1, 'TP', g.ten_tep,
        2 * g.id, 0 FROM giay_to_nop g JOIN ho_so h ON h.id = g.ho_so_id;
REPLACE INTO opencps_dossierfile
    SELECT 2 * k.id + 1, 35166, h.cap_nhat_luc - INTERVAL 7 HOUR, k.ho_so_id, k.ma_giay_to, k.ma_thanh_phan, 2, k.ma_ket_qua,
        k.ten, 2 * k.id + 1, 0 FROM ket_qua k JOIN ho_so h ON h.id = k.ho_so_id;
REPLACE INTO DLFileEntry
    SELECT 2 * id, concat('nop-', id), 35166, 20116, 4000 + id % 7, concat(300000 + id), '1.0' FROM giay_to_nop;
REPLACE INTO DLFileEntry SELECT 2 * id + 1, concat('kq-', id), 35166, 20116, 0, concat(600000 + id), '1.1' FROM ket_qua;
REPLACE INTO opencps_paymentfile
    SELECT l.id, 35166, h.cap_nhat_luc - INTERVAL 7 HOUR, l.ho_so_id, l.ma, l.ten, l.gia, 2
    FROM le_phi l JOIN ho_so h ON h.id = l.ho_so_id;

-- What must not be sent: drafts, deleted dossiers, linked ones that have another's number, removed files.
REPLACE INTO opencps_dossier
    SELECT 500000000 + dossierId, groupId, companyId, createDate, modifiedDate, referenceUid, serviceCode, serviceName,
        govAgencyCode, 'Người khác', applicantIdType, applicantIdNo, contactTelNo, contactEmail, 'Không được gửi', dossierNote,
        CASE dossierId % 3 WHEN 0 THEN '' WHEN 1 THEN concat(dossierNo, '-X') ELSE dossierNo END, dossierName, submitDate,
        receiveDate, dueDate, releaseDate, finishDate, dossierStatus, dossierSubStatus, viaPostal, online_,
        CASE dossierId % 3 WHEN 1 THEN -3 ELSE 3 END, CASE dossierId % 3 WHEN 2 THEN dossierId ELSE 0 END
    FROM opencps_dossier WHERE dossierId < 500000000 AND dossierId % 5 = 0;
REPLACE INTO opencps_dossierfile
    SELECT 500000000 + dossierFileId, groupId, modifiedDate, dossierId, 'bo-di', dossierPartNo, dossierPartType, fileTemplateNo,
        'Tệp đã bỏ', fileEntryId, 1 FROM opencps_dossierfile WHERE dossierFileId < 500000000 AND dossierFileId % 11 = 0;
